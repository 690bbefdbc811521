"""What a folder of unknown files holds, what these data can carry, and the fleet file that would land them."""
