"""A campaign as one HTML file that needs nothing else: what ran, what it met, and how near it came to the limits.

`sample` replays some scenarios of the campaign's seed; `charts` draws in SVG; `templates/report.html` is the page.
"""
