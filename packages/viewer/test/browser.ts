import { existsSync } from 'node:fs'
import { chromium as driver } from 'playwright-core'

const PLACES = [process.env.CHROMIUM_PATH, '/usr/bin/chromium', '/usr/bin/google-chrome']

/** Where Chromium is; undefined where it is not. */
export const chromiumPath = PLACES.find((path) => path !== undefined && existsSync(path))

/** Whether a missing Chromium fails the tests, as in `.ci/run`. */
export const mustRun = process.env.SLM_AUDIT_CROSSCHECK === 'required'

/** Starts a Chromium that reaches loopback alone. */
export function launchChromium() {
  return driver.launch({
    executablePath: chromiumPath ?? 'chromium',
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'
    ]
  })
}
