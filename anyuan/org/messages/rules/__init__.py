"""Which ways lead to somebody, and how the robots of groups speak. Pure values."""
