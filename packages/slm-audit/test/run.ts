import { runCli, type Terminal } from 'slm-audit/run-cli'

/** Runs the command line in a terminal of 80 columns without colours. */
export const cli = cliOf(80)

/** The same, with what it explains behind what it prints. */
export async function cliWithNotes(...args: string[]) {
  const { code, out, error } = await cli(...args)
  return { code, out: [out, error].filter((text) => text !== '').join('\n') }
}

/** The command line in a terminal of that width. */
export function cliOf(width: number) {
  return (...args: string[]) => run(args, width)
}

async function run(args: readonly string[], width: number) {
  const out: string[] = []
  const error: string[] = []
  const terminal: Terminal = {
    width,
    isInteractive: false,
    isGone: false,
    print: (text) => out.push(`${text}\n`),
    write: (part) =>
      out.push(typeof part === 'string' ? part : Buffer.from(part).toString('latin1')),
    explain: (text) => error.push(text),
    progress: () => {},
    style: (_style, text) => text
  }
  const code = await runCli(args, terminal)
  return { code, out: out.join('').replace(/\n$/, ''), error: error.join('\n') }
}
