/** What was found in a site, and a line for each link that leads nowhere. */
export interface SiteReport {
  readonly pages: number;
  readonly links: number;
  readonly bytes: number;
  readonly problems: readonly string[];
}

export function checkSite(folder: string, base?: string): Promise<SiteReport>;
