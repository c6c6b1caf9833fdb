/**
 * Parses JSON in which `//` and block comments and trailing commas are allowed, so that a settings file can explain itself.
 * @throws SyntaxError with the position in the original text
 */
export function parseJsonWithComments(text: string): unknown {
  return JSON.parse(blankTrailingCommas(blankComments(text)));
}

const STRING_OR_COMMENT = /"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
const STRING_OR_TRAILING_COMMA = /"(?:[^"\\\n]|\\.)*"|,(?=\s*[}\]])/g;

/** Blanks keep the positions in error messages right. */
function blankComments(text: string): string {
  return text.replace(STRING_OR_COMMENT, (found) => (found.startsWith('"') ? found : found.replace(/[^\n]/g, ' ')));
}

function blankTrailingCommas(text: string): string {
  return text.replace(STRING_OR_TRAILING_COMMA, (found) => (found.startsWith('"') ? found : ' '));
}
