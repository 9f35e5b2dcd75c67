/**
 * Output of wrangler that is left out, because `npm start` or the log of the Worker says it better, or because it is wrong here.
 * Each entry opens a block; `until` ends it. Without `until`, the block is one line.
 */
const CHATTER: readonly { readonly opens: RegExp; readonly until?: RegExp }[] = [
  { opens: /Scheduled Workers are not automatically triggered/u, until: /For more details/u },
  { opens: /^Your Worker has access to the following bindings/u, until: /^$/u },
  { opens: /^Using secrets defined in/u },
  { opens: /^\[custom build\] Running/u },
  { opens: /Parsed \d+ valid header rule/u },
  { opens: /^⎔ (?:Starting local server|Connection status updated)/u },
  { opens: /Ready on http/u },
  // The Worker logs each request itself, with the id of the request.
  { opens: /^\[wrangler:info\] [A-Z]+ \//u },
];

/**
 * Creates a filter for the lines of one stream (without colours): true for a line to show. Unknown lines are shown, so that no log
 * line of the Worker is lost.
 */
export function withoutChatter(): (line: string) => boolean {
  let until: RegExp | undefined;
  let afterBlank = true;
  return (line) => {
    if (until !== undefined) {
      if (until.test(line)) until = undefined;
      return false;
    }
    const chatter = CHATTER.find(({ opens }) => opens.test(line));
    if (chatter !== undefined) {
      until = chatter.until;
      return false;
    }
    // Left-out blocks leave empty lines behind: at most one in a row is shown.
    const shown = line !== "" || !afterBlank;
    afterBlank = line === "";
    return shown;
  };
}
