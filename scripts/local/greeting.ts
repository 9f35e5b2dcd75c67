import { styleText } from "node:util";

/** What a newcomer needs to see: where the service is, the key, and three requests to paste. */
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
  ${title("Edgedesk")} is at ${styleText("cyan", address)}
  The key is ${styleText("cyan", key)} (ROOT_KEY in .dev.vars), the data is in ${folder}${seeded === 0 ? "" : `, with ${seeded} demo tickets`}.

  ${title("The open tickets")}
  curl ${quoted(`${address}/tickets?status=open&limit=5`)} ${bearer}

  ${title("A new ticket")}
  curl ${quoted(`${address}/tickets`)} ${bearer} ${json}

  ${title("The tickets with a note")}
  curl ${quoted(`${address}/tickets?has_note=true&limit=5`)} ${bearer}

  Ctrl-C ends it.
`;
}

/** In single quotes for a POSIX shell, whatever the text holds. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
