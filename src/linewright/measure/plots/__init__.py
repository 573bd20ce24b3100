"""Pictures that an engineer puts in a report: charts with their signals, the capability sixpack.

Plotly figures; `write_page` makes one HTML file of any number of them that needs no network.
"""

from linewright.measure.plots.capability import capability_sixpack, plot_histogram, plot_probability
from linewright.measure.plots.charts import plot_chart
from linewright.measure.plots.page import write_page

__all__ = ["capability_sixpack", "plot_chart", "plot_histogram", "plot_probability", "write_page"]
