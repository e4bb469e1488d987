import { isObject } from '@slm-audit/core/journal'
import { AuditError } from '@slm-audit/core/reader'
import type { Command } from 'commander'
import { visibleJson } from '../render/columns.ts'
import type { Terminal } from '../terminal.ts'
import type { csvLines } from './csv.ts'

/** Commands that go on printing, so that nobody knows their columns, and their `--json` has lines. */
const ENDLESS = new Set(['tail'])
/** Commands whose rows have names of their own. */
const HAVE_OWN = new Set(['stats'])

type Row = { readonly [column: string]: unknown }

/** Gives every command that has `--json` its kin `--jsonl` and `--csv`. Called before words are parsed. */
export function addProgramOptions(command: Command): void {
  for (const each of command.commands) addProgramOptions(each)
  if (!has(command, '--json')) return
  command.option('--jsonl', 'one JSON value a line, for programs')
  if (!has(command, '--csv') && !ENDLESS.has(command.name())) {
    command.option('--csv', 'one row a value, with a header')
  }
}

function has(command: Command, name: string): boolean {
  return command.options.some(({ long }) => long === name)
}

/**
 * What a command prints for programs, in the form that they asked for. Commands print documents of JSON; `--jsonl` and
 * `--csv` make lines and rows of these, and of the values of a list.
 */
export class ProgramOutput {
  /** Takes what commands print. */
  readonly terminal: Terminal
  readonly #shownOn: Terminal
  #form: 'json' | 'jsonl' | 'csv' | undefined
  #line: Awaited<ReturnType<typeof csvLines>> | undefined
  readonly #rows: Row[] = []

  /** @param shownOn Where it is printed in the end. */
  constructor(shownOn: Terminal) {
    this.#shownOn = shownOn
    this.terminal = {
      ...shownOn,
      get clock() {
        return shownOn.clock ?? 'local'
      },
      get isGone() {
        return shownOn.isGone
      },
      print: (text) => this.#print(text)
    }
  }

  /**
   * Called once a command's words are parsed, before it runs. Rejects with AuditError where two forms are asked for, of
   * which one would go unheard, and where a package is missing: what the command has done by then would go unsaid.
   */
  async begin(command: Command): Promise<void> {
    const { json, jsonl, csv } = command.opts<{ readonly [form: string]: unknown }>()
    const asked = Object.entries({ json, jsonl, csv }).flatMap(([form, isAsked]) =>
      isAsked ? [`--${form}`] : []
    )
    if (asked.length > 1) {
      const message = `${asked.join(' and ')} are different formats; give one of them`
      throw new AuditError('bad_option', message)
    }
    this.#form = jsonl
      ? 'jsonl'
      : csv && !HAVE_OWN.has(command.name())
        ? 'csv'
        : json
          ? 'json'
          : undefined
    if (this.#form) command.setOptionValue('json', true)
    if (this.#form === 'csv') this.#line = await (await import('./csv.ts')).csvLines('--csv')
  }

  #print(text: string): void {
    if (!this.#form) {
      this.#shownOn.print(text)
      return
    }
    const parsed = parsedOf(text)
    if (parsed === undefined) {
      this.#shownOn.explain(text)
      return
    }
    if (this.#form === 'json') {
      this.#shownOn.print(text)
      return
    }
    for (const value of Array.isArray(parsed) ? parsed : [parsed]) {
      if (this.#form === 'csv') this.#rows.push(flat(value))
      else this.#shownOn.print(visibleJson(value))
    }
  }

  /** Prints what was kept: the columns of a table are known at its end. Called when a command has ended, also by an error. */
  end(): void {
    const line = this.#line
    if (line === undefined || this.#rows.length === 0) return
    const names = [...new Set(this.#rows.flatMap((row) => Object.keys(row)))]
    this.#shownOn.write(line(names, false))
    for (const row of this.#rows) {
      this.#shownOn.write(
        line(
          names.map((name) => row[name]),
          true
        )
      )
    }
  }
}

/** The value of JSON; `undefined` of what is said beside the values, as the address of a server is. */
function parsedOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A value as one row: members of members are columns by their path (`usage.inputTokens`), lists are JSON. */
function flat(value: unknown): Row {
  if (!isObject(value)) return { value }
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]): [string, unknown][] => {
      if (Array.isArray(member)) return [[name, JSON.stringify(member)]]
      if (!isObject(member)) return [[name, member]]
      return Object.entries(flat(member)).map(([inner, each]) => [`${name}.${inner}`, each])
    })
  )
}
