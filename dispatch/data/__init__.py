"""Files that come with the application, and the programs that wrote them."""
