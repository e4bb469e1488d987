import { readFileSync } from 'node:fs'
import { messageOf } from '@slm-audit/core/journal'
import { AuditError } from '@slm-audit/core/reader'
import { usualPrices } from '../../config/defaults.ts'
import { checkPrices, type Prices } from '../../config/load-config.ts'

/**
 * The prices of a file, or of the file that SLM_AUDIT_PRICES names, or of the configuration; `undefined` where none
 * has any. Throws AuditError `bad_option` that names the member that is wrong.
 */
export function readPrices(path = process.env.SLM_AUDIT_PRICES): Prices | undefined {
  if (!path) return usualPrices()
  const bad = (problem: string, cause?: unknown) =>
    new AuditError('bad_option', `prices: ${path}: ${problem}`, { cause })
  let prices: unknown
  try {
    prices = JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw bad(messageOf(cause), cause)
  }
  checkPrices(prices, bad)
  return prices
}
