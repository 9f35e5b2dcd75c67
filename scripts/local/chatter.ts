/**
 * What wrangler says that `npm start` or the worker's own log says better, or that is not so here: the cron is triggered, there
 * is only one worker. Each entry opens a block; `until` is its end, the line itself where there is none.
 */
const CHATTER: readonly { readonly opens: RegExp; readonly until?: RegExp }[] = [
  { opens: /Scheduled Workers are not automatically triggered/u, until: /For more details/u },
  { opens: /^Your Worker has access to the following bindings/u, until: /^$/u },
  { opens: /^Using secrets defined in/u },
  { opens: /^\[custom build\] Running/u },
  { opens: /Parsed \d+ valid header rule/u },
  { opens: /^⎔ (?:Starting local server|Connection status updated)/u },
  { opens: /Ready on http/u },
  // One line a request: the worker writes its own, with the request's id.
  { opens: /^\[wrangler:info\] [A-Z]+ \//u },
];

/**
 * Makes a filter for the lines of one stream (without colours): true for a line to show. Whatever is not known chatter is
 * shown, so that nothing that a worker logs is lost.
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
    // What was cut out leaves empty lines behind: one in a row is enough.
    const shown = line !== "" || !afterBlank;
    afterBlank = line === "";
    return shown;
  };
}
