import { styleText } from "node:util";

/** What a newcomer needs to see: where the service is, the key, and some requests to paste. */
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

  ${title("The tickets that nobody has, those first that wait longest")}
  curl ${quoted(`${address}/tickets?assignee=none&sort=waiting_since&limit=5`)} ${bearer}

  ${title("A search")}
  curl ${quoted(`${address}/tickets?q=firmware&status=open`)} ${bearer}

  ${title("The numbers")}
  curl ${quoted(`${address}/stats`)} ${bearer}

  ${title("A new ticket")}
  curl ${quoted(`${address}/tickets`)} ${bearer} ${json}

  Ctrl-C ends it.
`;
}

/** In single quotes for a POSIX shell, whatever the text holds. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
