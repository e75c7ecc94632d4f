"""How the plan of the sample site becomes data: from the sheet and its shapes up to the tables."""
