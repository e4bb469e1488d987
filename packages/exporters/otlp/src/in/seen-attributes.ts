import { isObject } from '@slm-audit/core/exporter'
import { parsedJson } from '../base/parsed-json.ts'

/** The attributes of a span of any SDK, read by type; a value of another type counts as absent. */
export class SeenAttributes {
  readonly #values: { readonly [name: string]: unknown }

  constructor(values: { readonly [name: string]: unknown }) {
    this.#values = values
  }

  has(name: string): boolean {
    return this.#values[name] !== undefined
  }

  get(name: string): unknown {
    return this.#values[name]
  }

  names(): string[] {
    return Object.keys(this.#values)
  }

  text(...names: string[]): string | undefined {
    for (const name of names) {
      const value = this.#values[name]
      if (typeof value === 'string' && value !== '') return value
    }
    return undefined
  }

  number(...names: string[]): number | undefined {
    for (const name of names) {
      const value = this.#values[name]
      if (typeof value === 'number' && Number.isFinite(value)) return value
    }
    return undefined
  }

  count(...names: string[]): number | undefined {
    const value = this.number(...names)
    return value !== undefined && Number.isSafeInteger(value) && value >= 0 ? value : undefined
  }

  boolean(...names: string[]): boolean | undefined {
    const value = names.map((name) => this.#values[name]).find((each) => each !== undefined)
    return typeof value === 'boolean' ? value : undefined
  }

  texts(...names: string[]): string[] | undefined {
    for (const name of names) {
      const value = this.json(name)
      if (typeof value === 'string') return [value]
      if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value
    }
    return undefined
  }

  /** A structured value, or one that was put into a JSON text, as most instrumentations do. */
  json(...names: string[]): unknown {
    for (const name of names) {
      const value = this.#values[name]
      if (value !== undefined) return parsedJson(value)
    }
    return undefined
  }

  /** A list that was flattened into `prefix.0.a.b`, `prefix.1.a`, …; `undefined` when there is none. */
  list(prefix: string): unknown[] | undefined {
    const root: { [key: string]: unknown } = {}
    for (const name of this.names()) {
      if (name.startsWith(`${prefix}.`)) put(root, name.slice(prefix.length + 1), this.get(name))
    }
    const list = toList(root)
    return Array.isArray(list) && list.length > 0 ? list : undefined
  }
}

function put(root: { [key: string]: unknown }, path: string, value: unknown): void {
  const keys = path.split('.')
  const last = keys.pop() ?? ''
  let at = root
  for (const key of keys) {
    const next = at[key]
    if (isObject(next)) at = next as { [key: string]: unknown }
    else {
      const made: { [key: string]: unknown } = {}
      at[key] = made
      at = made
    }
  }
  at[last] = value
}

/** Turns objects whose keys are all indices into lists, all the way down. */
function toList(value: unknown): unknown {
  if (!isObject(value) || Array.isArray(value)) return value
  const entries = Object.entries(value).map(([key, member]) => [key, toList(member)] as const)
  const isList = entries.length > 0 && entries.every(([key]) => /^\d+$/.test(key))
  if (!isList) return Object.fromEntries(entries)
  return entries.sort(([a], [b]) => Number(a) - Number(b)).map(([, member]) => member)
}
