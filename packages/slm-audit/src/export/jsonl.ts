import { encodeRecord } from '@slm-audit/file'
import type { ExportFormat } from './format.ts'

/** The sealed records of the calls, as docs/file-format.md describes their lines. */
export const jsonl: ExportFormat = {
  name: 'jsonl',
  description: 'sealed records with salts and contents, which slm-audit import verifies and reads',
  begin: ({ contents }) => ({
    add: ({ records }) =>
      records
        .map((sealed) => {
          const kept = contents ? sealed.contents : sealed.contents.map(withoutBody)
          return `${encodeRecord({ ...sealed, contents: kept })}\n`
        })
        .join('')
  })
}

function withoutBody<T extends { readonly body?: Uint8Array }>({ body: _body, ...rest }: T) {
  return rest
}
