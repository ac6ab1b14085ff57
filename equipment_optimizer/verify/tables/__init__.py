"""Tables of answers judged by definition: worths of pieces, ranges of weights, what separates two builds."""
