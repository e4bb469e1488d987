// The page that verifies exports and proofs in a browser, offline: the verifier itself, on files that are dropped.
import { Buffer } from 'buffer'
import { Flaw } from '../src/flaw.ts'
import { parseProof, verifyProof } from '../src/proof.ts'
import { verifyTiles } from '../src/tiles.ts'
import { parseTrustPolicy, type Trust } from '../src/trust-policy.ts'
import { setFiles } from './files.ts'

Object.assign(globalThis, { Buffer })

/** What is said of the files. */
interface Said {
  readonly isRight: boolean
  readonly lines: readonly string[]
}

const ROOT = 'log'

/** Verifies an export of tiles, or the proofs among the files. */
function verifyFiles(
  files: ReadonlyMap<string, Uint8Array>,
  policyText: string,
  against?: string
): Said {
  try {
    const policy = parseTrustPolicy(policyText)
    const checkpoint = [...files.keys()].find((path) => /(^|\/)checkpoint$/.test(path))
    if (checkpoint !== undefined) {
      const folder = checkpoint.slice(0, -'checkpoint'.length)
      setFiles(
        new Map([...files].map(([path, bytes]) => [`${ROOT}/${path.slice(folder.length)}`, bytes]))
      )
      const report = verifyTiles(ROOT, { policy, ...(against && { against }) })
      return {
        isRight: true,
        lines: [
          `VERIFIED: ${report.size} records of ${report.origin}`,
          `${report.contents} of ${report.committed} contents are here, as committed to`,
          ...by(report),
          report.against === undefined
            ? 'to see that nothing was rewritten, give a checkpoint that was kept elsewhere'
            : `it continues the checkpoint of ${report.against}`
        ]
      }
    }
    const proofs = [...files.keys()].filter((path) => path.endsWith('.tlog-proof'))
    if (proofs.length === 0)
      throw new Error('there is no checkpoint and no .tlog-proof among the files')
    const lines = proofs.flatMap((path) => {
      const record = files.get(path.replace(/\.tlog-proof$/, '.json'))
      if (!record) throw new Error(`${path} has no record beside it (.json)`)
      const proof = parseProof(textOf(files.get(path)))
      const trust = verifyProof(proof, record, policy)
      return [
        `VERIFIED: record ${proof.index} of ${proof.note.size} of ${proof.note.origin}`,
        ...by(trust)
      ]
    })
    return { isRight: true, lines }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    if (!(error instanceof Flaw)) return { isRight: false, lines: [`could not look: ${message}`] }
    return {
      isRight: false,
      lines: [`NOT VERIFIED: record ${error.index}: ${error.kind}`, message]
    }
  }
}

function by({ signedBy, witnesses }: Trust): string[] {
  const signed = signedBy.map(({ name, id }) => `signed by ${name} (key ${id})`)
  return [
    ...signed,
    witnesses.length > 0 ? `witnessed by ${witnesses.join(', ')}` : 'no witness has cosigned it'
  ]
}

const textOf = (bytes?: Uint8Array) => new TextDecoder().decode(bytes)

async function bytesOf(input: HTMLInputElement): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>()
  for (const file of input.files ?? []) {
    files.set(file.webkitRelativePath || file.name, new Uint8Array(await file.arrayBuffer()))
  }
  return files
}

const inputOf = (id: string) => document.getElementById(id) as HTMLInputElement

async function run(): Promise<void> {
  const files = new Map([
    ...(await bytesOf(inputOf('folder'))),
    ...(await bytesOf(inputOf('files')))
  ])
  const [policy] = (await bytesOf(inputOf('policy'))).values()
  const [against] = (await bytesOf(inputOf('against'))).values()
  const verdict = document.getElementById('verdict')
  const { isRight, lines } = policy
    ? verifyFiles(files, textOf(policy), against && textOf(against))
    : { isRight: false, lines: ['could not look: give the policy, which says whom to believe'] }
  if (!verdict) return
  verdict.className = isRight ? 'right' : 'wrong'
  verdict.textContent = lines.join('\n')
}

document.getElementById('verify')?.addEventListener('click', () => void run())
