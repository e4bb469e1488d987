// The page docs/compliance.md, from the controls that `slm-audit evidence` shows.
import { CONTROLS, DATES } from '../packages/slm-audit/src/export/evidence/controls.ts'

/** The sources of the controls, by the beginning of their names. */
const SOURCES: { readonly [beginning: string]: string } = {
  'AI Act': 'Regulation (EU) 2024/1689, as changed by Regulation (EU) 2026/1744',
  GDPR: 'Regulation (EU) 2016/679',
  'SOC 2': 'AICPA Trust Services Criteria (TSP section 100)',
  HIPAA: '45 CFR Part 164',
  'PCI DSS': 'PCI Security Standards Council, PCI DSS v4.0.1',
  'NIST SP 800-53r5': 'NIST SP 800-53 Revision 5'
}

/** The page. Throws an Error for a control without a source. */
export function compliancePage(): string {
  const rows = CONTROLS.map(({ control, asks, feature, shownBy, command, standards = '–' }) => {
    const cells = [control, asks, feature, shownBy, `\`${command}\``, standards, sourceOf(control)]
    return `| ${cells.join(' | ')} |`
  })
  return `# Evidence for controls

Made by \`pnpm run generate\` from the table that \`slm-audit evidence\` uses.

slm-audit gives evidence. Whether a rule is met is for people to judge, and for the whole system, not for its log alone. The
columns say what a control asks for in words of ours; read the text itself. Standards that are drafts or are sold (prEN 18229-1,
ISO/IEC DIS 24970) are named by subject, not by clause.

${DATES}

| control | asks for | feature | evidence | command | prEN 18229-1, ISO/IEC DIS 24970 | source |
| ------- | -------- | ------- | -------- | ------- | ------------------------------- | ------ |
${rows.join('\n')}

Commands are run in the folder of an evidence pack, with \`SLM_AUDIT_FILE\` as the path of the log.

## The evidence pack

\`\`\`sh
npx slm-audit evidence --from 2026-07-01 --to 2026-10-01 -o evidence-q3
\`\`\`

The folder has a page that prints well (\`evidence.html\`), the same as JSON, proofs of a sample of calls, the log's keys and newest checkpoint,
the verifier where \`@slm-audit/verify\` is installed, and a README that says how to check all of it without our programs. It is made without a
network, and nothing of what calls said is in it: whoever is given masked contents, or none, can make it as well. Of people it names those who read, erased and held, as their records do. The
[record of accesses](guide/access.md) is in it where the log keeps one. Exit code 1 says that verification found a flaw, which the page names.
`
}

function sourceOf(control: string): string {
  const found = Object.entries(SOURCES).find(([beginning]) => control.startsWith(beginning))
  if (!found) throw new Error(`scripts/compliance-page.ts has no source of ${control}`)
  return found[1]
}
