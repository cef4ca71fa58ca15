import js from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config({ ignores: ['lib', 'node_modules'] }, js.configs.recommended, {
  files: ['src/**/*.ts'],
  extends: [tseslint.configs.strictTypeChecked],
  languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
  rules: {
    // Numbers are written into texts on purpose.
    '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
    // Arrow functions that only pass a call on are clearer without braces.
    '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }]
  }
});
