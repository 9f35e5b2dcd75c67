import { expect } from "vitest";

/** Expects the page at /docs with all that it consists of, from this service and under a policy that lets nothing else in. */
export async function expectPage(address: string): Promise<void> {
  for (const path of ["/docs", "/docs/"]) {
    const page = await fetch(`${address}${path}`);
    expect([page.status, page.headers.get("Content-Type")]).toEqual([200, "text/html; charset=utf-8"]);
    const policy = page.headers.get("Content-Security-Policy") ?? "";
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/u);
    expect(page.headers.get("X-Content-Type-Options")).toBe("nosniff");
    const html = await page.text();
    expect(html).toContain("<title>Edgedesk API</title>");
    const parts = [...html.matchAll(/ (?:href|src)="(?<part>[^"]*)"/gu)].map(({ groups }) => groups?.["part"] ?? "");
    expect(parts).toEqual(expect.arrayContaining(["/docs/page.js", "/docs/swagger-ui/swagger-ui-bundle.js"]));
    for (const part of parts) {
      expect(part).toMatch(/^\/\w/u);
      expect((await fetch(`${address}${part}`)).status, part).toBe(200);
    }
  }
}
