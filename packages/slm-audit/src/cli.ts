#!/usr/bin/env node
import { existsSync, readFileSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { isQuick } from './is-quick.ts'

// What goes wrong outside of a command says nothing about the evidence.
process.on('uncaughtException', (error) => {
  process.stderr.write(`slm-audit: it failed unexpectedly: ${error.message}\n`)
  process.exit(2)
})

const args = process.argv.slice(2)
if (args.length === 1 && /^(-V|--version)$/.test(args[0] ?? '')) {
  // Nothing else needs to be loaded.
  const { version } = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  ) as { readonly version: string }
  process.stdout.write(`${version}\n`)
} else if (Number.parseInt(process.versions.node, 10) < 22 && !('bun' in process.versions)) {
  // What is loaded below ends an older Node without a word.
  const { node } = process.versions
  process.stderr.write(
    `slm-audit needs Node 22.18 or later, and this is Node ${node}; update Node\n`
  )
  process.exitCode = 2
} else {
  // Compiling what is loaded takes longer than listing a million calls; Node keeps it in its temporary folder.
  nodeModule.enableCompileCache?.()
  const { pagedTerminal, processTerminal, runCli } = await loadProgram()
  const terminal = processTerminal()
  const paged = pagedTerminal(terminal, args)
  process.exitCode = await runCli(args, paged?.terminal ?? terminal)
  paged?.flush()
}

type Program = typeof import('./run-cli.ts')

/**
 * The program or, of a quick command, the one file with all that it needs. That finds its threads in packages that are installed:
 * in the repository, these are sources, and their threads stand elsewhere.
 */
async function loadProgram(): Promise<Program> {
  const quick = new URL('./quick/run-quick.js', import.meta.url)
  const isInstalled = import.meta.url.includes('/node_modules/')
  const isThere = isInstalled && isQuick(args) && existsSync(quick)
  return isThere ? ((await import(quick.href)) as Program) : await import('./run-cli.ts')
}
