"""Ours and others behind one small interface, each in processes of its own."""
