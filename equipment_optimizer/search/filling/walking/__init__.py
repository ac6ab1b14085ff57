"""All fillings near a bound, walked step by step: right for any functions of the levels."""
