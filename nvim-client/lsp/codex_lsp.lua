-- Found by vim.lsp.config (Neovim >= 0.11). Your own vim.lsp.config('codex_lsp', …) is put over it.
return require('codex_lsp.client').config()
