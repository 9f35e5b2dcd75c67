import { env } from "cloudflare:workers";
import type { ProjectionMessage, QueueMessage } from "../../src/platform/queue-messages.ts";
import type { Projected, Projection } from "../../src/projection/core/projection.ts";
import { ticketList } from "../../src/projection/read-models/ticket-list/ticket-list.ts";
import { service } from "../service.ts";

export const HOUR = 3_600_000;

const sound: Projection = ticketList;

/** A projector that runs this first for every ticket whose subject begins with "bad", and writes their subjects down. */
function onBad(act: () => void) {
  const tried: string[] = [];
  const project = (source: Projected) => {
    if ("subject" in source && String(source.subject).startsWith("bad")) {
      tried.push(String(source.subject));
      act();
    }
    return sound.project(source);
  };
  return { projection: { ...sound, project }, tried };
}

/** A service whose projector fails for bad tickets, until it is healed. */
export function poisoned(random = 0) {
  const state = { healed: false };
  const { projection, tried } = onBad(() => {
    if (!state.healed) throw new Error("a bad ticket cannot be projected");
  });
  return { desk: service({ projection, random: () => random }), state, tried };
}

/**
 * A service whose worker a bad ticket ends: from then on nothing goes in or out, until {@link revive}. What still runs then
 * has no effect, as if it did not.
 */
export function mortal() {
  const life = { dead: false };
  const sent: QueueMessage[] = [];
  const alive = () => {
    if (life.dead) throw new Error("the worker is gone");
  };
  const { projection, tried } = onBad(() => {
    life.dead = true;
    throw new Error("out of memory");
  });
  const sendBatch = async (messages: Iterable<MessageSendRequest<QueueMessage>>) => {
    alive();
    for (const { body } of messages) sent.push(body);
    return { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } };
  };
  const desk = service({ projection, queue: { sendBatch } });
  desk.hooks.before = async () => alive();
  return {
    desk,
    sent,
    tried,
    revive: () => {
      life.dead = false;
    },
  };
}

/** How a ticket stands in the backlog. */
export async function standing(id: string) {
  return await env.DB.prepare("SELECT * FROM projection_backlog WHERE ticket_id = ?").bind(id).first();
}

/** The message about a ticket. */
export function message(id: string, version = 1): ProjectionMessage {
  return { workspace_id: "default", ticket_id: id, version };
}
