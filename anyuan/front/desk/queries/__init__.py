"""What the desk's pages show, made from what all apps say."""
