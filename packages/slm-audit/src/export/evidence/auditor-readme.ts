/** What an auditor reads first, as plain text. */
export function auditorReadme(origin: string, hasVerifier: boolean): string {
  const page = hasVerifier
    ? 'verifier.html      the verifier as one page: open it from the disk, without a network'
    : 'verifier.html      not in this pack: npm install @slm-audit/verify has it as dist/verifier.html'
  return `Evidence of the audit log ${origin}
${'='.repeat(26 + origin.length)}

evidence.html      what the log shows, control by control; print it to make a PDF. Its commands are run in this folder,
                   with SLM_AUDIT_FILE as the path of the log
evidence.json      the same for programs, with all that the page leaves out
policy.txt         the keys of the log (c2sp.org/tlog-policy); compare them with what you were given by another way
checkpoint.txt     the newest signed checkpoint (c2sp.org/tlog-checkpoint)
proofs/            records of a sample of calls, each with its proof (c2sp.org/tlog-proof)
${page}

You need not believe the program that made this pack. Each proof leads from a record to a checkpoint that the log's key has signed:

  npx @slm-audit/verify proof proofs/<name>.tlog-proof --record proofs/<name>.json --policy policy.txt

With other people's programs:

  - the leaf is SHA-256(0x00 || the bytes of <name>.json); the lines after "index" are the path, in base64, by RFC 6962;
  - the text behind the empty line is a checkpoint: Go's golang.org/x/mod/sumdb/note opens it with the key in policy.txt;
  - with openssl: the text up to the empty line is signed with Ed25519; the signature is the base64 behind the name, without its
    first four bytes; openssl pkeyutl -verify -rawin checks it.

For all records, and not a sample: slm-audit export --tiles DIRECTORY writes the log for npx @slm-audit/verify tiles.
A checkpoint that you keep yourself shows later that nothing before it was changed: verify --against checkpoint.txt.
`
}
