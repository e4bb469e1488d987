// What somebody who can write the folder of a log in files does to it, without the key. Where they change a closed
// file they write its new size and digest into the manifest.
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { BaseLogs } from './base-log.ts'
import {
  flipByte,
  type Lines,
  linesOf,
  numberIn,
  type Places,
  repack,
  rewrite
} from './change-files.ts'
import { inManifest, inSignedFiles, inTiles } from './in-manifest.ts'
import { type Found, flaw, type Tampering } from './tampering.ts'

/** All tamperings with a log in files. */
export function fileTamperings({ directory }: BaseLogs['files']): Tampering<string>[] {
  const names = readdirSync(directory)
    .filter((name) => name.startsWith('records-'))
    .sort()
  const closed = names.filter((name) => name.endsWith('.gz'))
  const [first = '', second = ''] = closed
  const open = names.at(-1) ?? ''
  const places: Places = {
    first,
    second,
    open,
    secondAt: numberIn(second),
    openAt: numberIn(open),
    size:
      numberIn(open) + linesOf(directory, open).filter((line) => !line.startsWith('{"end":')).length
  }
  return [
    ...inClosedFiles(places),
    ...inOpenFile(places),
    ...inManifest(places),
    ...inSignedFiles(places),
    ...inTiles(places)
  ]
}

/** In a closed file what is written there, with a manifest that fits. */
function inClosedFiles({ second, secondAt }: Places): Tampering<string>[] {
  const at = (name: string, run: (lines: Lines) => Lines, found: Found) => ({
    name: `a closed file: ${name}`,
    run: (folder: string) => rewrite(folder, second, run),
    found
  })
  const third = (line: (text: string) => string) => (lines: Lines) =>
    lines.map((text, place) => (place === 2 ? line(text) : text))
  const changed = flaw('changed', secondAt + 2)
  const gone = flaw('missing', secondAt + 2)
  return [
    at(
      'a header changed',
      third((text) => text.replace('"chat"', '"chap"')),
      changed
    ),
    at(
      'a content changed',
      third((text) => text.replace(/(question|answer) \d/, '$1 x')),
      flaw('content mismatch', secondAt + 2)
    ),
    at(
      'a member more',
      third((text) => text.replace('{"contents"', '{"a":1,"contents"')),
      changed
    ),
    at(
      'another writer',
      third((text) => text.replace(/"writer":"../, '"writer":"..')),
      changed
    ),
    at(
      'white space',
      third((text) => `${text} `),
      changed
    ),
    at('a line twice', (lines) => lines.toSpliced(2, 0, lines[1] ?? ''), changed),
    at(
      'a second record of one index',
      (lines) => lines.toSpliced(2, 0, (lines[1] ?? '').replace(/answer|question/, 'forged')),
      changed
    ),
    at('two lines swapped', (lines) => lines.toSpliced(2, 2, lines[3] ?? '', lines[2] ?? ''), gone),
    at('a line gone', (lines) => lines.toSpliced(2, 1), gone),
    at('a line that is no record', (lines) => lines.toSpliced(2, 0, '{"hidden":1}'), changed),
    at('a line that is no JSON', (lines) => lines.toSpliced(2, 0, 'hidden'), changed),
    at('an empty line', (lines) => lines.toSpliced(2, 0, ''), changed),
    at('a line behind its end', (lines) => [...lines, lines[2] ?? ''], flaw('changed', -1)),
    at('an end within', (lines) => lines.toSpliced(2, 0, `{"end":${secondAt + 2}}`), changed),
    at('another end', (lines) => lines.with(-1, '{"end":9999}'), flaw('changed', -1)),
    at('no end', (lines) => lines.slice(0, -1), flaw('changed', -1)),
    {
      name: 'a closed file: a byte, and the manifest as it was',
      run: (folder) => flipByte(join(folder, second)),
      found: flaw('changed', secondAt)
    },
    {
      name: 'a closed file: gone',
      run: (folder) => rmSync(join(folder, second)),
      found: flaw('missing', secondAt)
    },
    {
      name: 'a closed file: more bytes behind its gzip',
      run: (folder) =>
        repack(folder, second, (bytes) => Buffer.concat([bytes, Buffer.from('hidden')])),
      found: flaw('changed', -1)
    }
  ]
}

function inOpenFile({ open, openAt, size }: Places): Tampering<string>[] {
  const at = (name: string, run: (lines: Lines) => Lines, found: Found) => ({
    name: `the open file: ${name}`,
    run: (folder: string) => rewrite(folder, open, run),
    found
  })
  const changed = flaw('changed', openAt + 1)
  return [
    at(
      'a header changed',
      (lines) => second(lines, (text) => text.replace('"chat"', '"chap"')),
      changed
    ),
    at(
      'a salt changed',
      (lines) => second(lines, (text) => text.replace(/"salt":"../, '"salt":"AA')),
      flaw('content mismatch', openAt + 1)
    ),
    at(
      'a member more',
      (lines) => second(lines, (text) => text.replace('{"contents"', '{"a":1,"contents"')),
      changed
    ),
    at('a line gone', (lines) => lines.toSpliced(1, 1), flaw('missing', openAt + 1)),
    at('a line twice', (lines) => lines.toSpliced(1, 0, lines[0] ?? ''), changed),
    at('a line that is no record', (lines) => lines.toSpliced(1, 0, '{"hidden":1}'), changed),
    at('the last lines gone', (lines) => lines.slice(0, 1), flaw('truncated tail', openAt + 1)),
    at('a line behind the end', (lines) => [...lines, '{"hidden":1}'], flaw('changed', size)),
    {
      name: 'the open file: gone',
      run: (folder) => rmSync(join(folder, open)),
      found: flaw('truncated tail', openAt)
    }
  ]
}

const second = (lines: Lines, change: (line: string) => string) =>
  lines.map((line, place) => (place === 1 ? change(line) : line))
