import { expect, test } from "vitest";
import { runTypeScript } from "./documents.ts";
import { freshClone, NpmStart } from "./newcomer.ts";
import { pasteAll } from "./pasted.ts";
import { freePort } from "./ports.ts";

/** What its searches find among the demo tickets, and what the bulk says of a closed ticket. */
const SHOWN = [
  "Export to CSV, every Monday",
  "All twelve devices offline after our Wi-Fi change",
  "Gerät findet WLAN nicht mehr",
  "領収書の宛名変更",
  "/problems/ticket-closed",
];

/** What the program of docs/api.md prints. */
const PRINTED = String.raw`The invoice of October is missing 2
\d+ tickets as of 20\S+Z
Somebody was faster: look again.
message null I cannot find it.
message null It is on its way to you.
note ada Sent by post on the 3rd.
\d+ true \d+ [\w-]{36}
assignee.updated ada
\{ erased: 1, remaining: 0 \}
`;

test("what docs/api.md shows can be pasted, compiled and run, and does what it says; feed.md and erasure.md, too", {
  timeout: 1_800_000,
}, async () => {
  const folder = freshClone();
  const PORT = await freePort();
  const address = `http://127.0.0.1:${PORT}`;
  const service = new NpmStart(folder, { PORT, PERSIST_TO: "data" });
  await service.ready();
  // Twice, as who tries things does.
  for (let times = 0; times < 2; times++) {
    const { blocks, output } = await pasteAll("docs/api.md", address);
    const promised = [...blocks.join("").matchAll(/^# (\d{3})$/gmu)].map(([, status]) => status);
    expect(promised.length).toBeGreaterThan(2);
    expect(output.match(/\d{3}$/gmu), output).toEqual(promised);
    for (const text of SHOWN) expect(output).toContain(text);
    expect(output).toContain(`{"erased":${times === 0 ? 1 : 0},"remaining":0}`);
  }
  for (const document of ["docs/feed.md", "docs/erasure.md"]) {
    expect((await pasteAll(document, address)).blocks, document).not.toEqual([]);
  }
  expect(await runTypeScript(folder, "docs/api.md", address)).toMatch(new RegExp(`^${PRINTED}$`, "u"));
  service.pressCtrlC();
  await service.ended;
});
