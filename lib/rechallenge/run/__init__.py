"""Run the notebooks, collect what they show, render one HTML file; one cohort, many, or again after a change."""
