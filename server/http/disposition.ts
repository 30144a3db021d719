/**
 * `Content-Disposition` for a download under any name: an ASCII stand-in for old clients and the real one in the
 * extended form (RFC 6266, RFC 8187). Control characters and path separators never reach the header.
 */
export function toAttachment(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is removed here
  const safe = name.toWellFormed().replace(/[\u0000-\u001f\u007f/\\]/g, '_') || 'download'
  const ascii = safe.replace(/[^\u0020-\u007e]/g, '_').replace(/["%]/g, '_')
  const extended = encodeURIComponent(safe).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename="${ascii}"; filename*=UTF-8''${extended}`
}
