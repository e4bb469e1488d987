import { basename, join, resolve } from 'node:path'

/** Where the bundle of a thread is, by the path of its source: where Node finds what the thread's package has installed. */
export function builtThread(source: string): string {
  const name = basename(source).replace(/\.ts$/, '.js')
  return join(resolve(source, '../../node_modules'), '.threads', name)
}
