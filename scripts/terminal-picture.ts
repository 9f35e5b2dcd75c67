import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

const HELP = `Usage: npm run picture -- [--url URL]

Runs the requests of the README against a running service (npm start, with its demo tickets) and writes docs/terminal.svg.
Needs curl and jq.
  --url URL   the service, http://127.0.0.1:8787 by default`;

const LOCAL = "http://127.0.0.1:8787";
const COLUMNS = 118;
/** Pixels of a monospaced character. */
const CHARACTER = { width: 7.8, height: 19 };
const PADDING = 16;
const TITLE_BAR = 30;

/** The lines that are typed. `$desk` and `$auth` are those of the README. */
const COMMANDS = [
  `curl -s "$desk/tickets?assignee=none&sort=waiting_since&limit=4" -H "$auth" \\
  | jq -r '.items[] | [.waiting_since[:10], .priority, .customer_id, .subject] | @tsv' | column -ts $'\\t'`,
  `curl -s "$desk/tickets?q=firmware&status=open&status=pending" -H "$auth" | jq '.items[] | {subject, preview}'`,
  `curl -s "$desk/stats" -H "$auth" | jq -c '.by_status, {waiting, unassigned, as_of}'`,
  "npm run --silent projections -- status",
];

const { values } = parseArgs({ options: { url: { type: "string", default: LOCAL }, help: { type: "boolean" } } });
if (values.help) console.log(HELP);
else writeFileSync(join(import.meta.dirname, "../docs/terminal.svg"), draw(COMMANDS.flatMap(run)));

interface Line {
  readonly text: string;
  readonly kind: "command" | "output";
}

/** Runs one command in bash. The picture shows the default address, whichever address was used. */
function run(command: string): Line[] {
  const program = `desk=${values.url}\nauth='Authorization: Bearer edgedesk-local-key'\n${
    command.startsWith("npm") ? `${command} --url "$desk"` : command
  }`;
  const output = execFileSync("bash", ["-o", "pipefail", "-c", program], { encoding: "utf8" });
  const typed = command.split("\n").map((line, index) => ({
    text: index === 0 ? `$ ${line}` : line,
    kind: "command" as const,
  }));
  const shown = output.trimEnd().split("\n").flatMap(fold);
  return [...typed, ...shown.map((text) => ({ text, kind: "output" as const })), { text: "", kind: "output" }];
}

/** Cuts a line into pieces that fit the terminal, as a terminal does. */
function fold(line: string): string[] {
  return line.match(new RegExp(`.{1,${COLUMNS}}`, "gu")) ?? [""];
}

/** Renders lines as a terminal window in SVG. */
function draw(lines: readonly Line[]): string {
  const width = Math.ceil(COLUMNS * CHARACTER.width + 2 * PADDING);
  const height = Math.ceil(TITLE_BAR + (lines.length - 1) * CHARACTER.height + 2 * PADDING);
  const rows = lines.map(({ text, kind }, index) => {
    const y = TITLE_BAR + PADDING + (index + 0.7) * CHARACTER.height;
    return `  <text class="${kind}" x="${PADDING}" y="${y.toFixed(1)}" xml:space="preserve">${escapeXml(text)}</text>`;
  });
  const lights = ["#ff5f57", "#febc2e", "#28c840"].map(
    (color, index) => `  <circle cx="${PADDING + 6 + index * 20}" cy="${TITLE_BAR / 2 + 4}" r="6" fill="${color}"/>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
  <title>Three requests to a local Edgedesk, and its status</title>
  <!-- Written by \`npm run picture\`. -->
  <style>
    text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #d6deeb; }
    .command { fill: #7fdbca; }
  </style>
  <rect width="100%" height="100%" rx="8" fill="#011627"/>
${[...lights, ...rows].join("\n")}
</svg>
`;
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
