import { existsSync, readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isObject, messageOf, refuseUnknown } from '@slm-audit/core/journal'
import { AuditError } from '@slm-audit/core/reader'
import { PROGRAMS } from './config-names.ts'

/** What `slm-audit.config.ts` or `slm-audit.config.json` says: what commands need that options would be too long for. */
export interface SlmAuditConfig {
  /** The database that commands read, unless `--file` or SLM_AUDIT_FILE names another. */
  readonly file?: string
  /** The file of an encrypted database's key, unless `--key-file` or the environment has one. */
  readonly keyFile?: string
  /** What a million tokens of each model cost, unless `--prices` or SLM_AUDIT_PRICES names a file. */
  readonly prices?: Prices
  /** Whom `slm-audit replay` asks: members of `Target` of `@slm-audit/replay`. */
  readonly replay?: ReplayConfig
}

/** What a million tokens of a model cost, in one currency. */
export interface Prices {
  /** By the model's name. */
  readonly [model: string]: { readonly input: number; readonly output: number }
}

/** Throws what `bad` makes of what is wrong with a table of prices. */
export function checkPrices(
  prices: unknown,
  bad: (problem: string) => AuditError
): asserts prices is Prices {
  if (!isObject(prices)) throw bad('it must be an object with a member for each model')
  for (const [model, price] of Object.entries(prices)) {
    const isPrice = isObject(price) && [price.input, price.output].every(Number.isFinite)
    if (!isPrice) throw bad(`${model} must be { "input": number, "output": number }`)
  }
}

/** Whom recorded calls are asked of again. */
export interface ReplayConfig {
  /** Another model than the recorded one. */
  readonly model?: string
  /** Where its server is, as its client is told: `http://127.0.0.1:11434/v1`. */
  readonly baseURL?: string
  /** Headers; a value that is `$NAME` stands for that variable of the environment. */
  readonly headers?: { readonly [name: string]: string }
  /** Asks a model in this process by a client that writes to the log; for configurations that are programs. */
  readonly run?: (request: never, log: never) => Promise<unknown>
}

/** What is looked for where there is no program, or where none may run. */
const DATA = 'slm-audit.config.json'

const KNOWN = {
  top: ['file', 'keyFile', 'prices', 'replay'],
  replay: ['model', 'baseURL', 'headers', 'run']
}

/** The program in the working folder that `loadConfig` runs, unless it is told of another file. */
export function configProgram(): string | undefined {
  return PROGRAMS.find(isFile)
}

/** A pipe of that name would be waited for. */
function isFile(name: string): boolean {
  return existsSync(name) && statSync(name).isFile()
}

/**
 * Loads a configuration: of a path, or the one in the working folder; an empty one where there is none. Rejects with
 * AuditError `bad_option` for a file that is missing, cannot be loaded, or has a member that nobody knows.
 *
 * @param runs Whether a program in the working folder is run; one that `path` names is run in any case.
 */
export async function loadConfig(path?: string, runs = true): Promise<SlmAuditConfig> {
  const found = (runs ? configProgram() : undefined) ?? (isFile(DATA) ? DATA : undefined)
  const file = path ?? found
  if (file === undefined) return {}
  const bad = (problem: string, cause?: unknown) =>
    new AuditError('bad_option', `${file}: ${problem}`, { cause })
  let config: unknown
  try {
    config = file.endsWith('.json') ? JSON.parse(readFileSync(file, 'utf8')) : await load(file)
  } catch (cause) {
    throw bad(`it cannot be loaded: ${messageOf(cause)}`, cause)
  }
  if (!isObject(config)) throw bad('it must give an object: export default { replay: … }')
  refuseUnknown(file, config, KNOWN.top)
  const { replay, prices } = config
  for (const name of ['file', 'keyFile']) {
    if (config[name] !== undefined && typeof config[name] !== 'string') {
      throw bad(`${name} must be a path`)
    }
  }
  if (prices !== undefined) checkPrices(prices, (problem) => bad(`prices: ${problem}`))
  if (replay !== undefined && !isObject(replay)) throw bad('replay must be an object')
  if (replay) refuseUnknown(`${file}: replay`, replay, KNOWN.replay)
  return config as SlmAuditConfig
}

async function load(file: string): Promise<unknown> {
  const loaded = (await import(pathToFileURL(resolve(file)).href)) as { readonly default?: unknown }
  return loaded.default
}

/** Headers with the environment's values in the place of `$NAME`. Throws AuditError `bad_option` for one that is not set. */
export function headersFrom(
  headers: { readonly [name: string]: string },
  env: NodeJS.ProcessEnv = process.env
): { readonly [name: string]: string } {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      const variable = /\$([A-Z][A-Z0-9_]*)$/.exec(value)?.[1]
      if (variable === undefined) return [name, value]
      const found = env[variable]
      if (found) return [name, value.slice(0, -variable.length - 1) + found]
      throw new AuditError(
        'bad_option',
        `the header ${name} needs the variable ${variable}, which is not set`
      )
    })
  )
}
