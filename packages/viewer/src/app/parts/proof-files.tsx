import type { VNode } from 'preact'
import type { CallView } from '../../server/call-view.ts'
import { addressOf } from '../api.ts'
import { Menu } from './menu.tsx'

/** The files of a call's proof, as `slm-audit prove` writes them. */
export function ProofFiles({ call }: { readonly call: CallView }): VNode {
  const { indices, auditId } = call
  const href = (at: number, as: string) =>
    addressOf('/api/proof-file', { id: auditId, at: String(at), as })
  return (
    <Menu name="Download proof">
      {indices.map((index, at) => (
        <>
          <a key={`${index} record`} href={href(at, 'record')} download>
            record {index} (.json)
          </a>
          <a key={`${index} proof`} href={href(at, 'proof')} download>
            its proof (.tlog-proof)
          </a>
        </>
      ))}
      <span class="faint">
        check: <code>slm-audit verify-proof FILE.tlog-proof</code>
      </span>
    </Menu>
  )
}
