"""What commands share: their options, the parser that reads them, files that were given in another order."""
