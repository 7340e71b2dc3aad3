// Draws what a table beside it says: lines and bars with their numbers on them.
import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

use([BarChart, LineChart, GridComponent, LegendComponent, CanvasRenderer]);

export interface Drawn {
  labels: string[];
  now: (number | null)[];
  before?: (number | null)[];
}

const said = {
  formatter: (p: { value: unknown }) => (p.value == null ? "" : `${String(p.value)}%`),
};
const short = (label: string, most: number): string =>
  label.length > most ? `${label.slice(0, most - 1)}…` : label;

export function draw(
  place: HTMLElement,
  drawn: Drawn,
  words: { now: string; before: string },
): void {
  const color = getComputedStyle(place).getPropertyValue("--tblr-primary").trim() || "#0b5f63";
  const { before } = drawn;
  if (before) place.style.height = `${Math.max(160, drawn.labels.length * 44 + 50)}px`;
  const chart = init(place);
  const value = { type: "value" as const, min: 0, max: 100, axisLabel: { formatter: "{value}%" } };
  const label = { show: true, ...said } as object;
  if (!before) {
    chart.setOption({
      animation: false,
      grid: { left: 50, right: 20, top: 30, bottom: 30 },
      xAxis: { type: "category", data: drawn.labels },
      yAxis: value,
      series: [{ type: "line", data: drawn.now, color, label, symbolSize: 9 }],
    });
  } else {
    chart.setOption({
      animation: false,
      legend: { top: 0 },
      grid: { left: Math.min(190, place.clientWidth * 0.38), right: 60, top: 30, bottom: 30 },
      xAxis: value,
      yAxis: {
        type: "category",
        inverse: true,
        data: drawn.labels.map((l) => short(l, place.clientWidth < 500 ? 7 : 14)),
      },
      series: [
        {
          name: words.now,
          type: "bar",
          data: drawn.now,
          color,
          label: { ...label, position: "right" },
        },
        {
          name: words.before,
          type: "bar",
          data: before,
          color: "#9aa5b1",
          label: { ...label, position: "right" },
        },
      ],
    });
  }
  window.addEventListener("resize", () => chart.resize());
}
