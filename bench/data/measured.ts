// What was measured in 12,347 support questions of one year with their replies, in eleven languages. No text was taken.

/** Characters of a message: their median, and the spread of their logarithm (95 % have up to 1,289). */
export const BODY = { median: 344, sigma: 0.803, least: 8, most: 200_000 } as const;

/** A few messages are logs that somebody pasted. */
export const LONG_BODY = { share: 0.0004, least: 5_000 } as const;

/** Characters of a subject. */
export const SUBJECT = { median: 41, sigma: 0.554, least: 3, most: 254 } as const;

/** The share of tickets with 0, 1, 2, … replies. The rest has more: on average so many, and at most. */
export const REPLIES = {
  shares: [0.247, 0.341, 0.124, 0.097, 0.053, 0.039, 0.025, 0.019, 0.014, 0.008, 0.006, 0.005, 0.004],
  beyond: { share: 0.018, mean: 5, most: 79 },
} as const;

/** How often an agent writes next: after the question, after a customer's reply, after an agent's. */
export const AGENT_NEXT = { first: 0.9, afterCustomer: 0.79, afterAgent: 0.29 } as const;

/** Hours between two messages. */
export const PAUSE = { median: 3.6, sigma: 2.4, most: 720 } as const;

/**
 * The shares of the agents who write most, of all that agents write; the others share the rest. There are so many in all: in the forum
 * that was measured a thousand, most of whom helped once; a team has fewer.
 */
export const AGENTS = {
  shares: [0.259, 0.122, 0.118, 0.089, 0.087, 0.064, 0.036, 0.018, 0.017, 0.017],
  all: 60,
} as const;

/** The share of tickets from a customer who never wrote before. */
export const NEW_CUSTOMERS = 0.78;

/** Each ticket has two tags: its language, and its topic. The shares of the languages and of the topics. */
export const LANGUAGES = [0.8714, 0.0642, 0.0251, 0.0131, 0.0114, 0.0069, 0.0037, 0.0035, 0.0032, 0.0006] as const;
export const TOPICS = [0.4216, 0.2061, 0.157, 0.1182, 0.0473, 0.0354, 0.0098, 0.0032, 0.0006, 0.0002] as const;

/** How often the words of a text are the one of this rank: points between which the logarithms are interpolated. */
export const WORD_SHARES: readonly (readonly [rank: number, share: number])[] = [
  [1, 4.06e-2],
  [2, 2.75e-2],
  [5, 1.58e-2],
  [10, 1.09e-2],
  [30, 4.37e-3],
  [100, 1.54e-3],
  [300, 4.9e-4],
  [1_000, 1.15e-4],
  [3_000, 2.06e-5],
  [10_000, 2.76e-6],
  [30_000, 6.14e-7],
];

/** The share of rarer words than these, of which there are so many. */
export const RARE_WORDS = { share: 0.015, most: 3_000_000 } as const;

/** The share of words that a thread has from its own earlier ones: so half of all threads have no more different words than the real ones. */
export const REPEATED_WORDS = 0.35;

// What the questions do not tell, because nobody closes them there: chosen as in a help desk that has been at work for years.

/** Done tickets; of the others those are pending where an agent wrote last, and open where the customer did. */
export const STATUSES = { closed: 0.55, resolved: 0.22 } as const;

/** Tickets that have a note, and those of them that have another one, and so on. */
export const NOTES = { first: 0.15, further: 0.3 } as const;

export const PRIORITIES = { low: 0.12, normal: 0.68, high: 0.15, urgent: 0.05 } as const;

/** Tickets that are somebody's: of those that an agent replied to, and of the others. */
export const ASSIGNED = { replied: 0.95, unreplied: 0.2 } as const;
