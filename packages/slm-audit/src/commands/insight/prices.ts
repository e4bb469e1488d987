import { readFileSync } from 'node:fs'
import { AuditError } from '@slm-audit/core'
import { isObject, messageOf } from '@slm-audit/core/journal'

/** What a million tokens of a model cost, in one currency. */
export interface Prices {
  readonly [model: string]: { readonly input: number; readonly output: number }
}

/**
 * The prices of a file, or of the file that SLM_AUDIT_PRICES names; `undefined` where none is named.
 * Throws AuditError `bad_option` that names the member that is wrong.
 */
export function readPrices(path = process.env.SLM_AUDIT_PRICES): Prices | undefined {
  if (!path) return undefined
  const bad = (problem: string, cause?: unknown) =>
    new AuditError('bad_option', `prices: ${path}: ${problem}`, { cause })
  let prices: unknown
  try {
    prices = JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw bad(messageOf(cause), cause)
  }
  if (!isObject(prices)) throw bad('it must be an object with a member for each model')
  for (const [model, price] of Object.entries(prices)) {
    const isPrice = isObject(price) && [price.input, price.output].every(Number.isFinite)
    if (!isPrice) throw bad(`${model} must be { "input": number, "output": number }`)
  }
  return prices as Prices
}
