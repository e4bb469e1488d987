import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'

/** What the command line can ask for. */
export interface Given {
  readonly model?: string
  readonly ollama?: string
  /** Whether the viewer is opened at the end. */
  readonly ui?: boolean
}

/** What the command line asks for. Ends the process with a clear message when it asks for rubbish. */
export function readArguments(args: readonly string[]): Given {
  const given = args.filter((argument) => argument !== '--')
  try {
    const options = {
      model: { type: 'string' },
      ollama: { type: 'string' },
      ui: { type: 'boolean' }
    } as const
    const { values } = parseArgs({ args: given, options })
    if (values.model !== undefined && !existsSync(values.model)) {
      throw new Error(`there is no model at ${values.model}`)
    }
    return values
  } catch (error) {
    giveUp(2, error, 'start takes --model <path to a GGUF file> or --ollama <model name>, and --ui')
  }
}

/** Ends the process with what went wrong and what to try. */
export function giveUp(exitCode: number, error: unknown, advice: string): never {
  console.error(`\nstart: ${error instanceof Error ? error.message : error}`)
  console.error(advice)
  process.exit(exitCode)
}
