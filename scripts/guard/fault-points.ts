// Puts a fault point at the beginning of every function of the sources that are imported from here on: `globalThis.faultPoint`
// is called there with the function's place, and may throw.
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseSync } from 'oxc-parser'

declare global {
  var faultPoint: (place: string) => void
}

const OURS = /\/packages\/(core|adapters\/[^/]+|journals\/[^/]+)\/src\/.*\.ts$/
/** What stands between us and the application cannot be guarded by itself. */
const GUARD = /\/core\/src\/(runtime\/guard|base\/host-(first|functions))\.ts$/

interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly body?: Node | null
  readonly expression?: boolean
  readonly id?: { readonly name?: string } | null
}

/** Instruments what is imported later; the application's calls only throw once `faultPoint` does. */
export function plantFaultPoints(): void {
  globalThis.faultPoint = () => undefined
  registerHooks({
    load(url, context, next) {
      if (!OURS.test(url) || GUARD.test(url)) return next(url, context)
      const source = planted(readFileSync(fileURLToPath(url), 'utf8'), fileURLToPath(url))
      return { format: 'module-typescript', source, shortCircuit: true }
    }
  })
}

function planted(source: string, file: string): string {
  const { program } = parseSync(file, source)
  const place = (node: Node) => {
    const line = source.slice(0, node.start).split('\n').length
    return JSON.stringify(`${relative('packages', file).replace('/src/', '/')}:${line}`)
  }
  const inserts: { readonly at: number; readonly text: string }[] = []
  visit(program as unknown as Node, (node) => {
    const { body } = node
    if (!/^(Function|ArrowFunction)/.test(node.type) || !body) return
    if (body.type === 'BlockStatement' || body.type === 'FunctionBody') {
      inserts.push({ at: body.start + 1, text: `globalThis.faultPoint(${place(node)});` })
    } else {
      inserts.push({ at: body.start, text: `(globalThis.faultPoint(${place(node)}), ` })
      inserts.push({ at: body.end, text: ')' })
    }
  })
  let text = source
  for (const { at, text: insert } of inserts.toSorted((left, right) => right.at - left.at)) {
    text = text.slice(0, at) + insert + text.slice(at)
  }
  return text
}

function visit(node: unknown, see: (node: Node) => void): void {
  if (Array.isArray(node)) {
    for (const each of node) visit(each, see)
  } else if (typeof node === 'object' && node !== null) {
    if ('type' in node && typeof node.type === 'string') see(node as Node)
    for (const member of Object.values(node)) visit(member, see)
  }
}
