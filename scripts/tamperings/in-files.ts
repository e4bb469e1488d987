// What somebody who can write the folder of a log in files does to it, without the key. Where they change a closed
// file they write its new size and digest into the manifest.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import type { BaseLogs } from './base-log.ts'
import { type Found, flaw, type Tampering } from './tampering.ts'

type Lines = readonly string[]

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
    ...inTiles()
  ]
}

interface Places {
  readonly first: string
  readonly second: string
  readonly open: string
  /** Index of the first record of the second and of the open file, and the size of the log. */
  readonly secondAt: number
  readonly openAt: number
  readonly size: number
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

function inManifest({ secondAt }: Places): Tampering<string>[] {
  const at = (name: string, run: (lines: Lines) => Lines, found: Found) => ({
    name: `the manifest: ${name}`,
    run: (folder: string) => rewrite(folder, 'manifest.jsonl', run),
    found
  })
  const entry = (change: (line: string) => string) => (lines: Lines) =>
    lines.map((line, place) => (place === 2 ? change(line) : line))
  const changed = flaw('changed', secondAt)
  return [
    at(
      'a root',
      entry((line) => line.replace(/"root":"..../, '"root":"AAAA')),
      changed
    ),
    at(
      'a key',
      entry((line) => line.replace(/"key":"[^"]+"/, '"key":"example.com/x+00000000+AA"')),
      flaw('changed', -1)
    ),
    at(
      'the calls that are open',
      entry((line) =>
        line.replace(
          /"open":\[.*?\]/,
          '"open":[{"auditId":"x","index":1,"kind":"call","writer":"w"}]'
        )
      ),
      flaw('changed', -1)
    ),
    at(
      'the size of a checkpoint',
      entry((line) => line.replace('"root"', '"checkpoint":9999,"root"')),
      changed
    ),
    at(
      'a member more',
      entry((line) => line.replace('{"file"', '{"hidden":1,"file"')),
      changed
    ),
    at('an entry twice', (lines) => lines.toSpliced(2, 0, lines[2] ?? ''), flaw('changed', -1)),
    at('an entry gone', (lines) => lines.toSpliced(2, 1), flaw('truncated tail', secondAt)),
    at('a line that is no entry', (lines) => lines.toSpliced(2, 0, 'hidden'), flaw('changed', 0)),
    at(
      'another origin',
      (lines) =>
        lines.with(0, (lines[0] ?? '').replace(/"origin":"[^"]+"/, '"origin":"example.com/other"')),
      flaw('bad signature', 0)
    ),
    {
      name: 'the manifest: gone',
      run: (folder) => rmSync(join(folder, 'manifest.jsonl')),
      found: flaw('changed', 0)
    }
  ]
}

function inSignedFiles({ size }: Places): Tampering<string>[] {
  const at = (name: string, run: (lines: Lines) => Lines, found: Found) => ({
    name: `the checkpoints: ${name}`,
    run: (folder: string) => rewrite(folder, 'checkpoints.jsonl', run),
    found
  })
  const last = (change: (line: string) => string) => (lines: Lines) =>
    lines.with(-1, change(lines.at(-1) ?? ''))
  const bad = flaw('bad signature', -1)
  return [
    at(
      'a signature',
      last((line) => line.replace(/(— \S+ ......).../, '$1AAA')),
      bad
    ),
    at(
      'a size',
      last((line) => line.replace(/"size":\d+/, `"size":${size - 1}`)),
      bad
    ),
    at(
      'a member more',
      last((line) => line.replace('{"size"', '{"a":1,"size"')),
      bad
    ),
    at('a line that is none', (lines) => [...lines, 'hidden'], bad),
    at('a line twice', (lines) => [...lines, lines.at(-1) ?? ''], bad),
    at('a cosignature of nothing', (lines) => [...lines, '{"size":3,"cosignature":"x"}'], bad),
    at('the newest gone', (lines) => lines.slice(0, -1), bad),
    {
      name: 'the checkpoint file: another text',
      run: (folder) => writeFileSync(join(folder, 'checkpoint'), 'hidden'),
      found: bad
    },
    {
      name: 'the checkpoint file: that of before',
      run: (folder) => {
        const [line = ''] = linesOf(folder, 'checkpoints.jsonl')
        writeFileSync(join(folder, 'checkpoint'), JSON.parse(line).note)
      },
      found: { counted: 'strays' }
    }
  ]
}

function inTiles(): Tampering<string>[] {
  return [
    {
      name: 'a tile: a byte',
      run: (folder) => flipByte(tileIn(folder)),
      found: flaw('changed', -1)
    },
    {
      name: 'a tile that the log does not have',
      run: (folder) => writeFileSync(join(folder, 'tile/0/099'), Buffer.alloc(8192)),
      found: { counted: 'strays' }
    },
    {
      name: 'a file of records that nothing names',
      run: (folder) => writeFileSync(join(folder, 'records-000000009999.jsonl'), '{}\n'),
      found: { counted: 'strays' }
    }
  ]
}

function tileIn(folder: string): string {
  const parts = join(folder, 'tile/0/000.p')
  if (!existsSync(parts)) return join(folder, 'tile/0/000')
  return join(parts, readdirSync(parts).sort().at(-1) ?? '')
}

const numberIn = (name: string) => Number(/\d+/.exec(name)?.[0])

/** The lines of a file, unpacked. */
function linesOf(folder: string, name: string): string[] {
  const bytes = readFileSync(join(folder, name))
  const text = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  return text.split('\n').slice(0, -1)
}

function rewrite(folder: string, name: string, change: (lines: Lines) => Lines): void {
  const text = change(linesOf(folder, name))
    .map((line) => `${line}\n`)
    .join('')
  if (name.endsWith('.gz')) repack(folder, name, () => gzipSync(text))
  else writeFileSync(join(folder, name), text)
}

/** Changes a closed file, and what the manifest says of its bytes. */
function repack(folder: string, name: string, change: (bytes: Buffer) => Buffer): void {
  const bytes = change(readFileSync(join(folder, name)))
  writeFileSync(join(folder, name), bytes)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  rewrite(folder, 'manifest.jsonl', (lines) =>
    lines.map((line) => {
      if (!line.includes(name)) return line
      return JSON.stringify({ ...JSON.parse(line), bytes: bytes.length, sha256 })
    })
  )
}

function flipByte(path: string): void {
  const bytes = readFileSync(path)
  bytes[20] = (bytes[20] ?? 0) ^ 1
  writeFileSync(path, bytes)
}
