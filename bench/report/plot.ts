import type { System } from "../figures.ts";
import { cell, SYSTEMS, shortly } from "./format.ts";
import { logScale } from "./scale.ts";

/** What a system took at one size: in the middle, at least and at most. */
export interface Point {
  readonly tickets: number;
  readonly middle: number;
  readonly least: number;
  readonly most: number;
}

/** The line of a system. */
export interface Series {
  readonly system: System;
  /** The smallest size first. */
  readonly points: readonly Point[];
}

/** A plot against the number of tickets, both axes logarithmic. */
export interface Plot {
  readonly title: string;
  /** What is on the vertical axis, with its unit. */
  readonly axis: string;
  readonly series: readonly Series[];
}

const WIDTH = 720;
const HEIGHT = 420;
const FIELD = { left: 84, top: 84, width: 600, height: 272 };

/** Each system has a shape, too: not everybody tells the colours apart. The second colour is for a dark page. */
const LOOKS: Readonly<Record<System, { readonly light: string; readonly dark: string; readonly mark: string }>> = {
  edgedesk: { light: "#0067a5", dark: "#58b4f0", mark: "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0z" },
  "compute-on-read": { light: "#c24e00", dark: "#ff9a57", mark: "M-5-5h10v10h-10z" },
  inline: { light: "#9a3d80", dark: "#e9a3d3", mark: "M0-6l6 6l-6 6l-6-6z" },
  node: { light: "#00734f", dark: "#45d6a4", mark: "M0-6l6 11h-12z" },
  sqlite: { light: "#5c6670", dark: "#a9b4be", mark: "M0 6l6-11h-12z" },
  emmett: { light: "#806600", dark: "#e3c23c", mark: "M-6-2h12v4h-12z" },
};

/** Says in words what a plot shows: for who does not see it. */
export function inWords({ title, axis, series }: Plot): string {
  const lines = series.map(({ system, points }) => {
    const said = points.map(({ tickets, middle }) => `${cell(middle)} at ${shortly(tickets)}`);
    return `${SYSTEMS[system]} ${said.join(", ")}`;
  });
  return `${title} (${axis}; by the number of tickets; the middle of the views): ${lines.join("; ")}.`;
}

/** Draws a plot: readable on a light page and on a dark one. */
export function draw(plot: Plot): string {
  const { title, axis, series } = plot;
  const points = series.flatMap((one) => one.points);
  const across = logScale(points.map(({ tickets }) => tickets));
  const up = logScale(points.flatMap(({ least, middle, most }) => [least, middle, most]));
  const x = (tickets: number) => round(FIELD.left + across.place(tickets) * FIELD.width);
  const y = (value: number) => round(FIELD.top + (1 - up.place(value)) * FIELD.height);
  const bottom = FIELD.top + FIELD.height;
  const right = FIELD.left + FIELD.width;
  const parts = [
    text(FIELD.left, 26, escaped(title), `class="title"`),
    text(FIELD.left, 72, escaped(axis), `class="quiet"`),
    ...up.ticks.flatMap((tick) => [
      line(FIELD.left, y(tick), right, y(tick)),
      text(FIELD.left - 8, y(tick) + 4, tick < 1 ? String(tick) : cell(tick), `text-anchor="end"`),
    ]),
    ...across.ticks.flatMap((tick) => [
      line(x(tick), FIELD.top, x(tick), bottom),
      text(x(tick), bottom + 20, shortly(tick), `text-anchor="middle"`),
    ]),
    text(FIELD.left + FIELD.width / 2, bottom + 44, "tickets", `text-anchor="middle" class="quiet"`),
    ...series.flatMap((one) => seriesOf(one, x, y)),
    ...series.map(({ system }, index) => legend(system, FIELD.left + 6 + widthOf(series.slice(0, index)), 48)),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-labelledby="title description">
<title id="title">${escaped(title)}</title>
<desc id="description">${escaped(inWords(plot))}</desc>
${styleOf(series)}
<rect class="page" width="${WIDTH}" height="${HEIGHT}"/>
${parts.join("\n")}
</svg>
`;
}

/** A band from the least to the most, the line of the middle in it, and a mark at each size. */
function seriesOf({ system, points }: Series, x: (tickets: number) => number, y: (value: number) => number): string[] {
  const upper = points.map(({ tickets, most }) => `${x(tickets)},${y(most)}`);
  const lower = points.map(({ tickets, least }) => `${x(tickets)},${y(least)}`).toReversed();
  const middle = points.map(({ tickets, middle: value }) => `${x(tickets)},${y(value)}`);
  return [
    `<polygon class="${system} band" points="${[...upper, ...lower].join(" ")}"/>`,
    `<polyline class="${system} line" points="${middle.join(" ")}"/>`,
    ...points.map((point) => mark(system, x(point.tickets), y(point.middle))),
  ];
}

function legend(system: System, left: number, middle: number): string {
  return `${mark(system, left, middle)}\n${text(left + 14, middle + 4, escaped(SYSTEMS[system]))}`;
}

/** What some systems take in the legend; a font that nobody knows has about seven units a letter. */
function widthOf(series: readonly Series[]): number {
  return series.reduce((sum, { system }) => sum + 34 + 7 * SYSTEMS[system].length, 0);
}

function mark(system: System, x: number, y: number): string {
  return `<path class="${system}" transform="translate(${x} ${y})" d="${LOOKS[system].mark}"/>`;
}

function text(x: number, y: number, content: string, attributes = ""): string {
  return `<text x="${x}" y="${y}"${attributes && ` ${attributes}`}>${content}</text>`;
}

function line(x1: number, y1: number, x2: number, y2: number): string {
  return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}"/>`;
}

/** No variables: some that show pictures do not know them. */
function styleOf(series: readonly Series[]): string {
  const colours = (theme: "light" | "dark") =>
    series
      .map(({ system }) => ({ system, colour: LOOKS[system][theme] }))
      .map(({ system, colour }) => `.${system}{fill:${colour}}.${system}.line{fill:none;stroke:${colour}}`)
      .join("");
  return `<style>
text{font:13px system-ui,sans-serif;fill:#1f2328}.title{font-size:16px;font-weight:600}.quiet{fill:#59636e}
.page{fill:#fff}line{stroke:#d1d9e0}${colours("light")}.line{stroke-width:2.5}.band{fill-opacity:.13}
@media (prefers-color-scheme:dark){text{fill:#f0f6fc}.quiet{fill:#9198a1}.page{fill:#0d1117}line{stroke:#3d444d}${colours("dark")}}
</style>`;
}

function escaped(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
