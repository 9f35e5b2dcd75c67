import type { Figure, System } from "./figures.ts";

/** The two that are compared above all. */
const COMPARED: readonly System[] = ["edgedesk", "compute-on-read"];

/**
 * The figures of those views that both Edgedesk and compute-on-read have, at each size: otherwise one would look better for not being
 * asked what is hard. Another system is among them where it has all of these views.
 */
export function comparable(figures: readonly Figure[]): Figure[] {
  const viewsOf = (system: System) => new Set(figures.filter((one) => one.system === system).map(keyOf));
  const [first = new Set<string>(), ...others] = COMPARED.map(viewsOf).filter(({ size }) => size > 0);
  const shared = new Set([...first].filter((view) => others.every((views) => views.has(view))));
  const systems = new Set(figures.map(({ system }) => system));
  const hasAll = (views: ReadonlySet<string>) => [...shared].every((view) => views.has(view));
  const complete = new Set([...systems].filter((system) => hasAll(viewsOf(system))));
  return figures.filter((figure) => complete.has(figure.system) && shared.has(keyOf(figure)));
}

function keyOf({ what, tickets }: Figure): string {
  return `${tickets} ${what}`;
}
