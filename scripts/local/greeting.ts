import { styleText } from "node:util";

/** The greeting of `npm start`: the URL, the key, and requests to paste. */
export function greeting(about: { address: string; key: string; folder: string; seeded: number }): string {
  const { address, key, folder, seeded } = about;
  const bearer = `-H ${quoted(`Authorization: Bearer ${key}`)}`;
  const ticket = {
    customer_id: "you",
    subject: "My first ticket",
    message: "Is anybody there?",
    priority: "high",
    tags: ["hello"],
  };
  const json = `-H 'Content-Type: application/json' -d ${quoted(JSON.stringify(ticket))}`;
  const title = (text: string) => styleText("bold", text);
  return `
  ${title("Edgedesk")} runs at ${styleText("cyan", address)}
  The key is ${styleText("cyan", key)} (ROOT_KEY in .dev.vars), the data is in ${folder}${seeded === 0 ? "" : `, with ${seeded} demo tickets`}.

  ${title("Unassigned tickets, the longest waiting first")}
  curl ${quoted(`${address}/tickets?assignee=none&sort=waiting_since&limit=5`)} ${bearer}

  ${title("Search")}
  curl ${quoted(`${address}/tickets?q=firmware&status=open`)} ${bearer}

  ${title("Statistics")}
  curl ${quoted(`${address}/stats`)} ${bearer}

  ${title("Create a ticket")}
  curl ${quoted(`${address}/tickets`)} ${bearer} ${json}

  Press Ctrl-C to stop.
`;
}

/** Quotes a text for a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
