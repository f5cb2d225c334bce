"""Run the notebooks, collect what they show, render one HTML file."""
