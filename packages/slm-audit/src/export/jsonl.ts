import type { SealedContent } from '@slm-audit/core'
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

/** What names a content, and no byte of it: neither all of it nor a part. */
function withoutBody({ name, type, salt }: SealedContent): SealedContent {
  return { name, type, salt }
}
