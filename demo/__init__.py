"""The demo brand: its files, its pictures and the code that draws them."""
