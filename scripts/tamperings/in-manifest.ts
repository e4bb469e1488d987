// What somebody does to the files that list and sign a log in files, and to its tiles.
import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { flipByte, type Lines, linesOf, type Places, rewrite } from './change-files.ts'
import { type Found, flaw, type Tampering } from './tampering.ts'

/** Tamperings with the manifest. */
export function inManifest({ secondAt }: Places): Tampering<string>[] {
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
    at('an entry gone', (lines) => lines.toSpliced(2, 1), flaw('missing', secondAt)),
    at('a line that is no entry', (lines) => lines.toSpliced(2, 0, 'hidden'), changed),
    at(
      'another origin',
      (lines) =>
        lines.with(0, (lines[0] ?? '').replace(/"origin":"[^"]+"/, '"origin":"example.com/other"')),
      flaw('bad signature', 0)
    ),
    {
      name: 'the manifest: its last line cut',
      run: (folder) => {
        const path = join(folder, 'manifest.jsonl')
        truncateSync(path, statSync(path).size - 9)
      },
      found: flaw('missing', -1)
    },
    {
      name: 'the manifest: gone',
      run: (folder) => rmSync(join(folder, 'manifest.jsonl')),
      found: flaw('missing', 0)
    }
  ]
}

/** Tamperings with checkpoints. */
export function inSignedFiles({ size }: Places): Tampering<string>[] {
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

/** Tamperings with tiles, and files that are not the log's. */
export function inTiles({ first, open }: Places): Tampering<string>[] {
  return [
    {
      name: 'a tile: a byte',
      run: (folder) => flipByte(tileIn(folder)),
      found: flaw('changed', -1)
    },
    ...(['a folder', 'a pipe'] as const).flatMap((what) =>
      ['manifest.jsonl', 'checkpoints.jsonl', 'checkpoint', first, open].map((name) => ({
        name: `${what} in the place of ${name}`,
        run: (folder: string) => inPlaceOf(join(folder, name), what),
        found: flaw('changed', -1)
      }))
    ),
    { name: 'a tile: gone', run: (folder) => rmSync(tileIn(folder)), found: flaw('missing', 0) },
    ...(['a folder', 'a pipe'] as const).map((what) => ({
      name: `${what} in the place of a tile`,
      run: (folder: string) => inPlaceOf(tileIn(folder), what),
      found: flaw('changed', 0)
    })),
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

function inPlaceOf(path: string, what: 'a folder' | 'a pipe'): void {
  rmSync(path)
  if (what === 'a folder') mkdirSync(path)
  else execFileSync('mkfifo', [path])
}

function tileIn(folder: string): string {
  const parts = join(folder, 'tile/0/000.p')
  if (!existsSync(parts)) return join(folder, 'tile/0/000')
  return join(parts, readdirSync(parts).sort().at(-1) ?? '')
}
