import { runCli, type Terminal } from 'slm-audit/run-cli'

/** Runs the command line in a terminal of 80 columns without colours. */
export async function cli(...args: string[]) {
  const out: string[] = []
  const error: string[] = []
  const terminal: Terminal = {
    width: 80,
    isInteractive: false,
    print: (text) => out.push(text),
    explain: (text) => error.push(text),
    progress: () => {},
    style: (_style, text) => text
  }
  const code = await runCli(args, terminal)
  return { code, out: out.join('\n'), error: error.join('\n') }
}
