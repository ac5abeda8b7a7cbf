import { join } from "node:path";
import { expect, type Page } from "@playwright/test";
import { artefacts } from "./server";

const SIZES = [
  { width: 1280, height: 800 },
  { width: 360, height: 740 },
];

/**
 * Stores screenshots as artefacts/NAME-WIDTHxHEIGHT-THEME.png, for a desktop and a phone, in light
 * and in dark. Fails if the page is wider than the window.
 */
export async function screens(page: Page, name: string, options?: { fullPage?: boolean }): Promise<void> {
  const before = page.viewportSize();
  for (const size of SIZES) {
    await page.setViewportSize(size);
    const overflow = await page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      return scrollWidth - clientWidth;
    });
    expect(overflow, `pixels that ${name} is wider than a window of ${size.width}`).toBeLessThanOrEqual(0);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      const path = join(artefacts, `${name}-${size.width}x${size.height}-${colorScheme}.png`);
      await page.screenshot({ path, animations: "disabled", fullPage: options?.fullPage ?? false });
    }
  }
  await page.emulateMedia({ colorScheme: null });
  if (before) await page.setViewportSize(before);
}
