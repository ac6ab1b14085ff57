"""Every combination scored and none stored: divided among workers, continued after a stop."""
