// The rule for interfaces that people hover over: editors show the sentence of a member.
import { posix } from 'node:path'
import { parseSync } from 'oxc-parser'
import { packages } from '../packages.ts'
import type { Report, RepositoryFile } from './files.ts'

/** A member, but for one that tells members of a union apart and has one value. */
const MEMBER = /^ {2}(readonly )?\w+\??[(:<](?! '[\w-]+'$)/

/** Names of interfaces by the file that declares them. */
type Declared = Map<string, Set<string>>

/**
 * Checks that each member of an interface that a published package exports has a sentence, wherever the
 * interface stands.
 */
export function checkMembers(files: readonly RepositoryFile[], report: Report): void {
  const texts = new Map(files.map(({ path, text }) => [path, text]))
  for (const [path, names] of exportedFrom(texts)) {
    const lines = (texts.get(path) ?? '').split('\n')
    let isHovered = false
    lines.forEach((line, at) => {
      const [, name] = /^export interface (\w+)/.exec(line) ?? []
      if (name !== undefined) isHovered = names.has(name)
      if (line.startsWith('}')) isHovered = false
      if (!isHovered || !MEMBER.test(line) || lines[at - 1]?.trim().endsWith('*/')) return
      report(`${path}:${at + 1}`, 'a member of an exported interface needs a sentence: add TSDoc')
    })
  }
}

/** What the entries of published packages export, by the file that declares it. */
function exportedFrom(texts: ReadonlyMap<string, string>): Declared {
  const declared: Declared = new Map()
  for (const { folder, manifest } of packages()) {
    for (const entry of Object.values(manifest.exports)) {
      if (entry.endsWith('.ts')) follow(posix.join(folder, entry), undefined, texts, declared)
    }
  }
  return declared
}

/** Notes what a file exports, `name` alone where one is given, under the files that declare it. */
function follow(
  path: string,
  name: string | undefined,
  texts: ReadonlyMap<string, string>,
  declared: Declared
): void {
  const text = texts.get(path)
  if (text === undefined) return
  for (const { entries } of parseSync(path, text).module.staticExports) {
    for (const { exportName, importName, moduleRequest } of entries) {
      if (name !== undefined && exportName.name !== null && exportName.name !== name) continue
      if (moduleRequest?.value.startsWith('.')) {
        const target = posix.join(posix.dirname(path), moduleRequest.value)
        follow(target, importName.name ?? name, texts, declared)
      } else if (moduleRequest === null && exportName.name !== null) {
        declared.set(path, (declared.get(path) ?? new Set()).add(exportName.name))
      }
    }
  }
}
