import { basename, join, resolve } from 'node:path'

/** Where the bundle of a thread is, by the path of its source: where Node finds what the thread's package has installed. */
export function builtThread(source: string): string {
  const name = basename(source).replace(/\.ts$/, '.js')
  return join(resolve(source, '../../node_modules'), '.threads', name)
}

/** The program that tests start most: the command line. */
export const PROGRAM = 'packages/slm-audit/src/cli.ts'

/** Where the bundle of the program is, by the folder of the repository. */
export function builtProgram(root: string): string {
  return join(root, 'packages/slm-audit/node_modules/.threads/program/cli.js')
}
