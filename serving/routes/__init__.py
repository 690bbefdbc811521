"""What can be asked: JSON at the root, pages below /pages. An address alone says which it is, so links can be sent."""
